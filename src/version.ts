/** The version of weft, as package.json has it. It is written out here, since a web page cannot read that file. */
export const version = '0.1.0';
