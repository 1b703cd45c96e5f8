/** What a value beyond the limit is called. */
const OTHER_LABEL = 'other';

/** Keeps the number of time series finite: the first `limit` different values keep their name, the rest share one. */
export class BoundedLabels {
  private readonly admitted = new Set<string>();

  constructor(private readonly limit: number) {}

  /** The label for a value, which takes a place if one of the first `places` is left. */
  admit(value: string, places = this.limit): string {
    if (this.admitted.has(value)) {
      return value;
    }
    if (this.admitted.size >= places) {
      return OTHER_LABEL;
    }
    this.admitted.add(value);
    return value;
  }

  /** The label for a value that must not take a place by itself. */
  peek(value: string): string {
    return this.admitted.has(value) ? value : OTHER_LABEL;
  }
}

const MODEL_LIMIT = 200;
/** Of the 200, for models that have only ever failed. */
const UNPROVEN_MODEL_LIMIT = 50;
/** Failures that show that the client made up the name. */
const CLIENT_ERRORS = new Set(['model_not_found']);

/** A model by the provider's own name for it. */
export interface ModelLabels {
  provider: string;
  model: string;
}

/**
 * The labels of models. A name that no provider has answered for may be the client's own text: it must not take the places of real
 * models.
 */
export class BoundedModels {
  /** Of `provider/model`, aliases too. */
  private readonly names = new BoundedLabels(MODEL_LIMIT);

  /** The label for `provider/model`, or for an alias, that is known to exist. */
  known(name: string): string {
    return this.names.admit(name);
  }

  /** The label for `provider/model` that is tried next. */
  tried(name: string): string {
    return this.names.admit(name, UNPROVEN_MODEL_LIMIT);
  }

  /** The label for `provider/model` that has failed. */
  failed(name: string, reason: string): string {
    return CLIENT_ERRORS.has(reason) ? this.names.peek(name) : this.tried(name);
  }

  /** The label for a model that has answered. Dashboards filter by the bare name, for the provider has a label of its own. */
  answered({ provider, model }: ModelLabels): string {
    return this.names.admit(`${provider}/${model}`) === OTHER_LABEL ? OTHER_LABEL : model;
  }

  /** The label for a model that has not answered; without a reason it was not its fault. */
  unanswered({ provider, model }: ModelLabels, reason: string | undefined): string {
    const name = `${provider}/${model}`;
    const label = reason === undefined ? this.names.peek(name) : this.failed(name, reason);
    return label === OTHER_LABEL ? OTHER_LABEL : model;
  }
}
