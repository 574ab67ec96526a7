// The dashboard of `trustregion train`, as a browser shows it.
import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { launch, patience, start, temporaryFolder, watchedPage } from './browser.mjs';
import { picture, rgb } from './pixels.mjs';

suite('the dashboard of a run', patience, () => {
  let browser;

  before(async () => {
    browser = await launch();
  });

  after(() => browser?.close());

  const says = (page, what) => page.waitForFunction(
    text => document.getElementById('connection').textContent === text, what, { timeout: 60_000 });

  /** A run that goes on until it is interrupted, so that it never ends before its page is there; and its page, which follows it. */
  const watch = async t => {
    const { folder, remove } = await temporaryFolder();
    const run = start(folder, 'train', 'stay-switch', '--steps', '1000000000', '--stop-at', 'never', '--out', 'run', '--dashboard');
    t.after(async () => {
      run.interrupt();
      await run.ended;
      await remove();
    });
    const [, address] = await run.line(/^Dashboard: (http:\/\/.*)$/m);
    assert.match(address, /^http:\/\/127\.0\.0\.1:\d+\/$/);
    const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, colorScheme: 'light' });
    t.after(() => context.close());
    const { page, complaints } = await watchedPage(context, address);
    await page.goto(address);
    await says(page, 'live');
    return { address, folder, run, page, complaints };
  };

  const number = text => Number(text.replaceAll(',', ''));

  const stepsShown = page => page.locator('#facts dd').first().textContent().then(text => number(text.split(' ')[0]));

  const moreStepsThan = (page, steps) => page.waitForFunction(
    least => Number(document.querySelector('#facts dd').textContent.split(' ')[0].replaceAll(',', '')) > least, steps, { timeout: 60_000 });

  /** Interrupts a run, and gives how many steps it made: what was trained is written. */
  const stop = async run => {
    run.interrupt();
    const { code, output, error } = await run.ended;
    // 128 and the number of SIGTERM.
    assert.equal(code, 143, error);
    return number(output.match(/^Stopped after ([\d,]+) steps/m)[1]);
  };

  test('its figures grow while training goes on', async t => {
    const { page, complaints, run } = await watch(t);
    await moreStepsThan(page, 5000);
    const line = page.locator('svg.wide path.line.trpo');
    const path = await line.getAttribute('d');
    await moreStepsThan(page, (await stepsShown(page)) + 5000);
    assert.notEqual(await line.getAttribute('d'), path);

    const colour = rgb(await page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--trpo')));
    const drawn = await picture(page.locator('svg.wide[data-hover=return]'));
    assert.ok(drawn.count(colour, 40) > 300, 'the line is to be seen');
    assert.deepEqual(complaints, []);
    await stop(run);
  });

  test('what is pointed at holds still, and what it says is shown', async t => {
    const { page, complaints } = await watch(t);
    await moreStepsThan(page, 20_000);
    const panel = page.locator('svg[data-hover=divergence-trpo]');
    await panel.scrollIntoViewIfNeeded();
    const box = await panel.boundingBox();
    await page.mouse.move(box.x + 0.5 * box.width, box.y + 0.5 * box.height);
    const dots = panel.locator('path.dots').first();
    const held = await dots.getAttribute('d');
    assert.match(await page.locator('.tip').textContent(), /KL .* nats/);
    await moreStepsThan(page, (await stepsShown(page)) + 5000);
    assert.equal(await dots.getAttribute('d'), held);
    await page.mouse.move(2, 2);
    await moreStepsThan(page, (await stepsShown(page)) + 5000);
    assert.notEqual(await dots.getAttribute('d'), held);
    assert.deepEqual(complaints, []);
  });

  test('closing it does not disturb the training', async t => {
    const { address, folder, page, run } = await watch(t);
    await moreStepsThan(page, 0);
    const steps = await stepsShown(page);
    await page.close();
    const stepsNow = async () => {
      const [, shown] = (await (await fetch(address)).text()).match(/<dt>Steps<\/dt><dd>([\d,]+) of/);
      return number(shown);
    };
    while (await stepsNow() <= steps) await delay(100);
    await stop(run);
    await access(join(folder, 'run', 'policy.json'));
  });

  test('a page that stays open is told the end, and keeps the last figures', async t => {
    const { page, complaints, run } = await watch(t);
    const steps = await stop(run);
    await says(page, 'the run has ended');
    assert.equal(await stepsShown(page), steps);
    assert.deepEqual(complaints, []);
  });
});
