#!/bin/sh
# One answer as JSON, then one as a stream.
set -eu
url=${MANA_LLM_URL:-http://localhost:3025}
model=${MODEL:-ollama/gemma3:4b}

curl --silent --show-error --fail-with-body "$url/v1/chat/completions" \
  --header 'content-type: application/json' \
  --data '{"model": "'"$model"'", "messages": [{"role": "user", "content": "Name the three primary colours."}]}'
echo

curl --silent --show-error --fail-with-body --no-buffer "$url/v1/chat/completions" \
  --header 'content-type: application/json' \
  --data '{"model": "'"$model"'", "stream": true, "messages": [{"role": "user", "content": "Name the three primary colours."}]}'
