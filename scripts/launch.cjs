// What follows is reached only where Node.js is new enough.
require('./program.cjs');
