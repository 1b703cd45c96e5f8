# syntax=docker/dockerfile:1
ARG NODE_IMAGE=node:26-trixie-slim

FROM ${NODE_IMAGE} AS manifests
WORKDIR /app
COPY .npmrc package.json package-lock.json ./
COPY apps/mana-llm/package.json apps/mana-llm/
COPY libs/event-streams/package.json libs/event-streams/
COPY libs/llm-client/package.json libs/llm-client/
COPY libs/llm-providers/package.json libs/llm-providers/
COPY libs/openai-api/package.json libs/openai-api/

FROM manifests AS build
RUN npm ci
COPY nest-cli.json tsconfig.json ./
COPY apps apps
COPY libs libs
COPY tools/build tools/build
RUN npm run build:service

FROM manifests AS production
# "dev optional" leaves node-llama-cpp out: a smaller image, without the embedded model.
ARG OMIT="dev"
RUN npm ci $(printf -- '--omit=%s ' ${OMIT})

FROM ${NODE_IMAGE}
# XDG_CACHE_HOME: where a model that EMBEDDED_MODEL names by URI is kept.
ENV NODE_ENV=production XDG_CACHE_HOME=/cache
WORKDIR /app
# Nothing is installed where the service runs, so npm and what it brings along are not there.
RUN install -d -o node -g node /cache \
  && rm -rf /usr/local/lib/node_modules/npm /usr/local/bin/npm /usr/local/bin/npx
COPY --from=production /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json ./
USER node
VOLUME /cache
EXPOSE 3025
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 3025) + '/health/live').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# No shell in between: SIGTERM reaches the service, which drains and ends with 0.
CMD ["node", "dist/apps/mana-llm/src/main.js"]
