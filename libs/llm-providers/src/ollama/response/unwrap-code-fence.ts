/** Takes text in pieces and returns it without the code fence around it. */
export interface CodeFenceUnwrapper {
  /** Returns the text that is certain by now. */
  push(text: string): string;
  /** Returns the text that was held back. */
  end(): string;
}

/** A fence's first line with its language name. The character after it shows that the name is complete. */
const OPENING = /^\s{0,64}```\w{0,12}(?=[^\w`])\s*/;
const MAYBE_OPENING = /^\s{0,64}(?:`{0,2}|```\w{0,12})$/;
/** An end that may become the closing fence. Its length is bounded, so endless blanks are not held back for ever. */
const MAYBE_CLOSING = /(?:\r?\n|\r$)?(?:`{1,2}|```\s{0,64})?$/;
const CLOSING = /^\s*```\s*$/;

/**
 * Models that are asked for JSON often put it into a Markdown code fence (https://spec.commonmark.org/0.31.2/#fenced-code-blocks).
 * Text that does not begin with a fence is returned as it is. Where text follows the closing fence, both are kept.
 */
export function createCodeFenceUnwrapper(): CodeFenceUnwrapper {
  let state: 'start' | 'fenced' | 'plain' = 'start';
  let held = '';

  const pushFenced = (pending: string): string => {
    const end = MAYBE_CLOSING.exec(pending)?.index ?? pending.length;
    held = pending.slice(end);
    return pending.slice(0, end);
  };

  const pushStart = (pending: string): string => {
    const opening = OPENING.exec(pending)?.[0];
    if (opening !== undefined) {
      state = 'fenced';
      return pushFenced(pending.slice(opening.length));
    }
    if (MAYBE_OPENING.test(pending)) {
      held = pending;
      return '';
    }
    state = 'plain';
    return pending;
  };

  return {
    push(text) {
      const pending = held + text;
      held = '';
      if (state === 'plain') return pending;
      return state === 'start' ? pushStart(pending) : pushFenced(pending);
    },
    end() {
      const rest = state === 'fenced' && CLOSING.test(held) ? '' : held;
      held = '';
      return rest;
    },
  };
}

/** The same for a complete text. */
export function unwrapCodeFence(text: string): string {
  const unwrapper = createCodeFenceUnwrapper();
  return unwrapper.push(text) + unwrapper.end();
}
