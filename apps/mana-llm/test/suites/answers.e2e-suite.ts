import { describeSuite } from '../support/describe-suite.js';

describeSuite('answers');
