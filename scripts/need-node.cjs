'use strict';
// Syntax of 2009, because this file has to run on a Node.js that is too old for everything else.
var version = process.versions.node.split('.');
var major = Number(version[0]);
if (major < 22 || (major === 22 && Number(version[1]) < 22)) {
  process.stderr.write('Error: vonage-gitops needs Node.js 22.22 or newer; this is ' + process.version + '.\n');
  process.exit(5);
}
