import { type Command, defineCommand } from '../../src/cli/framework/command.ts';

export const docsCommand: Command = defineCommand({
  command: 'docs',
  describe: 'Write the tables and figures of the documents from bench/results/',
  options: {
    check: { type: 'boolean', default: false, describe: 'Fail if one differs; write nothing' },
  },
  examples: [['npm run bench -- docs --check', 'are they up to date?']],
  run: async ({ check }) => {
    const { updateDocuments } = await import('../documents/documents.ts');
    await updateDocuments(check);
  },
});
