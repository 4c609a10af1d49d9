import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

const tauriOnlyInPlatform = {
  patterns: [
    {
      group: ['@tauri-apps/*'],
      message: 'Only src/lib/platform speaks to the host, so that every screen also runs in a browser.',
    },
  ],
};

export default ts.config(
  { ignores: ['dist/', 'node_modules/', 'src/lib/ipc/types/'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser } },
    rules: {
      'no-restricted-imports': ['error', tauriOnlyInPlatform],
      'no-eval': 'error',
      'no-console': 'error',
      eqeqeq: 'error',
      // The compiler and svelte-check report undefined names with types.
      'no-undef': 'off',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig } },
    rules: {
      // Dates and parameters here are values that are made and dropped, never changed in place.
      'svelte/prefer-svelte-reactivity': 'off',
      // The content security policy forbids style attributes in markup.
      'svelte/no-inline-styles': ['error', { allowTransitions: false }],
      'svelte/no-at-html-tags': 'error',
      'svelte/require-each-key': 'error',
    },
  },
  { files: ['src/lib/platform/**'], rules: { 'no-restricted-imports': 'off' } },
);
