import { testChurn } from './outlives.js';

testChurn('20', false);
