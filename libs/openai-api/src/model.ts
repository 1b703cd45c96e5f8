/** A model as `GET /v1/models` lists it; `created` is in Unix seconds. Providers' extra fields are kept. */
export interface Model {
  id: string;
  object: 'model';
  created: number;
  owned_by: string;
  [field: string]: unknown;
}
