import { Command } from 'commander';
import { registerAudit } from './audit.ts';
import { registerBackfill } from './backfill.ts';
import { registerBacktest } from './backtest.ts';
import { registerBackup } from './backup.ts';
import { registerBrief } from './brief.ts';
import { registerCatalog } from './catalog.ts';
import { registerCompletion } from './completion.ts';
import { registerConsent } from './consent.ts';
import type { CliContext } from './context.ts';
import { registerCosts } from './costs.ts';
import { type ReadDirectory, registerDefinitions } from './definitions.ts';
import { registerDemo } from './demo.ts';
import { registerDev } from './dev.ts';
import type { ExamineSetup } from './doctor/setup.ts';
import { registerDoctor } from './doctor.ts';
import { registerErase } from './erase.ts';
import { registerEvaluate } from './evaluate.ts';
import { registerExplain } from './explain.ts';
import { registerExport } from './export.ts';
import { registerFit } from './fit.ts';
import { registerGenerate } from './generate.ts';
import { registerIdentity } from './identity.ts';
import { registerImport } from './import.ts';
import { registerKeys } from './keys.ts';
import { registerLoyalty } from './loyalty.ts';
import { registerQuarantine } from './quarantine.ts';
import { registerRecommend } from './recommend.ts';
import { registerReplay } from './replay.ts';
import { registerReport } from './report.ts';
import { type RestoreBackup, registerRestore } from './restore.ts';
import { registerRestrict } from './restrict.ts';
import { registerRetention } from './retention.ts';
import { registerRotateMaster } from './rotate-master.ts';
import type { StartEngine } from './run-engine.ts';
import { registerSchema } from './schema.ts';
import { registerSegments } from './segments.ts';
import { registerSend } from './send.ts';
import { registerServe } from './serve.ts';
import { registerSql } from './sql.ts';
import { registerTags } from './tags.ts';
import { registerTail } from './tail.ts';
import { registerWebhooks } from './webhooks.ts';

/** What commands do in this process instead of asking an engine; `main.ts` brings the code of it in when it is called. */
export interface LocalWork {
  readonly version: string;
  readonly start: StartEngine;
  readonly restore: RestoreBackup;
  readonly examineSetup: ExamineSetup;
  readonly readDirectory: ReadDirectory;
}

/** All commands there are: what `tessera` runs, and what completion, help and docs are checked against. */
export function createProgram(context: CliContext, work: LocalWork): Command {
  const program = new Command('tessera')
    .description('a real-time streaming profile engine for retail')
    .version(work.version)
    .exitOverride()
    .showHelpAfterError();
  registerAudit(program, context);
  registerBackfill(program, context);
  registerBacktest(program, context);
  registerBackup(program, context);
  registerBrief(program, context);
  registerCatalog(program, context);
  registerCompletion(program, context);
  registerConsent(program, context);
  registerCosts(program, context);
  registerDefinitions(program, context, work.readDirectory);
  registerDemo(program, context, work.start);
  registerDev(program, context, work.start);
  registerDoctor(program, context, work);
  registerEvaluate(program, context);
  registerExplain(program, context);
  registerErase(program, context);
  registerExport(program, context);
  registerFit(program, context);
  registerGenerate(program, context);
  registerIdentity(program, context);
  registerRotateMaster(registerKeys(program, context), context);
  registerLoyalty(program, context);
  registerImport(program, context);
  registerQuarantine(program, context);
  registerRecommend(program, context);
  registerReplay(program, context);
  registerReport(program, context);
  registerRestore(program, context, work.restore);
  registerRestrict(program, context);
  registerRetention(program, context);
  registerSchema(program, context);
  registerSegments(program, context);
  registerSend(program, context);
  registerServe(program, context, work.start);
  registerSql(program, context);
  registerTags(program, context);
  registerTail(program, context);
  registerWebhooks(program, context);
  return program;
}
