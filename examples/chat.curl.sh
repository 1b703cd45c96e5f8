#!/bin/sh
# One answer as JSON, then one as a stream.
set -eu
url=${MANA_LLM_URL:-http://localhost:3025}
# Without a model the gateway's default answers.
model=${MODEL:+"\"model\": \"$MODEL\", "}

curl --silent --show-error --fail-with-body "$url/v1/chat/completions" \
  --header 'content-type: application/json' \
  --data '{'"$model"'"messages": [{"role": "user", "content": "Name the three primary colours."}], "max_tokens": 100}'
echo

curl --silent --show-error --fail-with-body --no-buffer "$url/v1/chat/completions" \
  --header 'content-type: application/json' \
  --data '{'"$model"'"stream": true, "messages": [{"role": "user", "content": "Name the three primary colours."}], "max_tokens": 100}'
