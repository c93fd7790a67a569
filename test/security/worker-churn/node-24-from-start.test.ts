import { testChurn } from './outlives.js';

testChurn('24', true);
