import type { Reporter, TestModule, TestSuite } from 'vitest/node';

/**
 * Ends a run with one line for machines, `N passed, N failed`. A file or a hook that broke counts as a failure too: the
 * tests that it kept from running are nowhere else.
 */
export function createCountReporter(): Reporter {
  return {
    onTestRunEnd(modules, unhandledErrors) {
      const states = modules.flatMap((module) => [...module.children.allTests()].map((test) => test.result().state));
      const passed = states.filter((state) => state === 'passed').length;
      const failed = states.filter((state) => state === 'failed').length;
      const broken = modules.flatMap(withSuites).filter((part) => part.errors().length > 0).length;
      console.log(`\n${passed} passed, ${failed + broken + unhandledErrors.length} failed`);
    },
  };
}

function withSuites(module: TestModule): (TestModule | TestSuite)[] {
  return [module, ...module.children.allSuites()];
}
