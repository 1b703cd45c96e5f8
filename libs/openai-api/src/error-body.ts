/** OpenAI's error shape, the only one that a client of the gateway meets. */
export interface ErrorBody {
  error: {
    message: string;
    type: string;
    param: string | null;
    code: string | null;
    [field: string]: unknown;
  };
}
