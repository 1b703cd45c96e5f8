const form = document.querySelector('form');
const stop = document.querySelector('#stop');
const answer = document.querySelector('#answer');
const status = document.querySelector('#status');
/** The answer under way. */
let source;

/** What the user can do, by the `code` of an error, else by its `type`. */
const ADVICE = {
  stream_broken: 'The answer broke off. Ask again.',
  context_length_exceeded: 'The question is too long for the model. Make it shorter.',
  rate_limit_error: 'Too many ask at once. Ask again in a minute.',
  timeout_error: 'It took too long. Ask again, or ask for less.',
  upstream_error: 'No model answers. Ask again in a minute.',
};

function show(state, message) {
  status.dataset.state = state;
  status.textContent = message;
  stop.disabled = state !== 'streaming';
}

/** Closing stops the model. It also keeps EventSource from connecting again, which would ask again. */
function end(state, message) {
  source.close();
  show(state, message);
}

/** What came stays on the page, and is never shown as if it were whole. */
function endBroken(message) {
  if (answer.textContent === '') end('failed', message);
  else end('incomplete', `This answer is incomplete. ${message}`);
}

/** An event of the backend has data; the browser's own, for a connection that broke or was refused, has none. */
function toMessage({ data }) {
  if (data === undefined) return 'The connection to this site broke. Ask again.';
  const { code, type, message } = JSON.parse(data).error;
  return ADVICE[code] ?? ADVICE[type] ?? message;
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  source?.close();
  answer.textContent = '';
  show('streaming', 'The model answers ...');
  source = new EventSource(`chat?${new URLSearchParams(new FormData(form))}`);
  source.addEventListener('message', ({ data }) => answer.append(data));
  source.addEventListener('done', () => end('whole', 'The answer is whole.'));
  source.addEventListener('error', (error) => endBroken(toMessage(error)));
});

stop.addEventListener('click', () => endBroken('You stopped it.'));
