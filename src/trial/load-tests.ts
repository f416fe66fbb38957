import type { RuleFault } from '../domain/rule.ts';
import { type RuleTest, testFileSchema } from '../domain/test-file.ts';
import type { Position } from '../engine/load/line-index.ts';
import { loadFile } from '../engine/load/load-file.ts';
import { ruleOfTestFile } from '../engine/load/sort-files.ts';

/** A test with where it stands. */
export interface PlacedTest {
  ruleId: string;
  /** Name of the file within the rules folder. */
  file: string;
  test: RuleTest;
  position: Position;
  /** Where a step stands; of what it expects, when `key` is given and there. */
  positionOfStep(step: number, key?: string): Position;
}

/** The tests of a rules folder, in the order of files and places; what is wrong with the files goes to `faults`. */
export function loadTests(files: ReadonlyMap<string, string>, faults: RuleFault[]): PlacedTest[] {
  return [...files].flatMap(([file, text]) => {
    const ruleId = ruleOfTestFile(file);
    return ruleId === undefined ? [] : loadTestFile(ruleId, file, text, faults);
  });
}

function loadTestFile(ruleId: string, file: string, text: string, faults: RuleFault[]): PlacedTest[] {
  const loaded = loadFile(file, text, testFileSchema, faults);
  if (loaded === undefined) return [];
  const { source } = loaded;
  return loaded.file.tests.map((test, index) => ({
    ruleId,
    file,
    test,
    position: source.positionOf(['tests', index, 'name'], 'value'),
    positionOfStep: (step, key) =>
      source.positionOf(['tests', index, 'steps', step, ...(key === undefined ? [] : [key])], 'key'),
  }));
}
