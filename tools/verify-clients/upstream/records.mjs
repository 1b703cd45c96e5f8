/** What the scripted upstream was asked, by model. */
export class Records {
  #byModel = new Map();
  #waiting = new Map();

  /** `gone` resolves when the connection closes before the answer was finished; `release` ends the wait for `released`. */
  add({ path, headers, body, response }) {
    const { promise: released, resolve: release } = withResolvers();
    const gone = new Promise((resolve) => {
      response.once('close', () => {
        if (!response.writableFinished) resolve();
      });
    });
    const record = { path, headers, body, gone, released, release };
    this.#byModel.set(body.model, [...this.of(body.model), record]);
    this.#waiting.get(body.model)?.resolve(record);
    return record;
  }

  of(model) {
    return this.#byModel.get(model) ?? [];
  }

  /** The first request for the model, as soon as it is there. */
  async first(model) {
    const [record] = this.of(model);
    if (record !== undefined) return record;
    if (!this.#waiting.has(model)) this.#waiting.set(model, withResolvers());
    return this.#waiting.get(model).promise;
  }
}

/** Promise.withResolvers, which Node 20 lacks. */
function withResolvers() {
  const made = {};
  made.promise = new Promise((resolve) => (made.resolve = resolve));
  return made;
}
