// The package of the library is made in dist/, with a package.json of its own; the folder above it is no package.
// npm runs this script before `npm pack`, and also before `npm run pack`, which does the right thing.
if (process.env.npm_command === 'pack' || process.env.npm_command === 'publish') {
  console.error('Nothing is packed here: `npm run pack` builds the package in dist/ and packs it.');
  process.exitCode = 1;
}
