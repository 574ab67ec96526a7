// A headless Chromium, and the command under test.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';

const chromiumPath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const command = resolve(import.meta.dirname, '../../src/TrustRegion.Cli/bin/Release/net10.0/TrustRegion.Cli.dll');

// The sandbox of Chromium cannot be had as root, as CI runs; the pages are our own. The rest keeps it off the network.
const options = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--force-color-profile=srgb'];

/** No test takes longer on a busy machine; one that hangs fails. */
export const patience = { timeout: 300_000 };

export const launch = () => chromium.launch({ executablePath: chromiumPath, args: options });

/** Makes a folder, and gives it with the function that removes it. */
export const temporaryFolder = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'trustregion-'));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
};

/** Starts the command; `ended` gives its exit code and all that it wrote. */
export const start = (folder, ...commandLine) => {
  const child = spawn('dotnet', [command, ...commandLine], { cwd: folder });
  let output = '', error = '';
  child.stdout.on('data', data => { output += data; });
  child.stderr.on('data', data => { error += data; });
  const ended = new Promise((done, failed) => {
    child.on('error', failed);
    child.on('close', code => done({ code, output, error }));
  });

  /** Waits for a line of the output, and gives what was found in it. */
  const line = pattern => new Promise((found, failed) => {
    const look = () => {
      const match = output.match(pattern);
      if (match) found(match);
    };
    child.stdout.on('data', look);
    ended.then(({ error: why }) => failed(new Error(`The command ended without ${pattern}: ${why}`)), failed);
    look();
  });

  // As Ctrl-C does, which a test run in the background might not pass on.
  return { ended, line, interrupt: () => child.kill('SIGTERM') };
};

/** A page that records what it must not do: complain, fail, or ask for anything over the network. */
export const watchedPage = async (context, allowedOrigin = 'file://') => {
  const page = await context.newPage();
  const complaints = [];
  page.on('console', message => { if (['error', 'warning'].includes(message.type())) complaints.push(message.text()); });
  page.on('pageerror', error => complaints.push(error.message));
  page.on('request', request => {
    if (!request.url().startsWith(allowedOrigin) && !request.url().startsWith('data:')) complaints.push(`asked for ${request.url()}`);
  });
  return { page, complaints };
};
