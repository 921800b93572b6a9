import axe, { type AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

/** Impacts that keep somebody from using a page. */
const grave: readonly (string | null | undefined)[] = ['serious', 'critical'];

/** What axe-core finds on a page that is serious: one line for each rule and place. */
export async function barriers(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(() => (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run());
  return found.violations
    .filter(({ impact }) => grave.includes(impact))
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary = '' }) => `${id}: ${target.join(' ')} (${failureSummary.split('\n').at(-1)?.trim()})`),
    );
}
