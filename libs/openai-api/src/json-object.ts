/** A JSON object of which nothing more is known: fields that are passed on, not understood. */
export interface JsonObject {
  [field: string]: unknown;
}
