import { setTimeout as delay } from 'node:timers/promises';
import { TesseraError } from "./errors.js";
import { limits } from "./limits.js";
const FATAL = new Set(['log_lost_tail', 'log_corrupt', 'data_format', 'key_mismatch']);
export function createStageLoop(options) {
    const { runner, log, paused, onError } = options;
    let wake;
    let stopping = false;
    let running;
    let stopped;
    let unsubscribe;
    const grown = () => new Promise((resolve) => {
        wake = resolve;
        if (stopping || log.stats().lastSeq > (runner.checkpoint?.seq ?? 0))
            resolve();
    });
    async function round() {
        const started = performance.now();
        try {
            if (!(await runner.step()))
                return 'idle';
            options.onRound?.((performance.now() - started) / 1000);
            return 'worked';
        }
        catch (error) {
            const fatal = error instanceof TesseraError && FATAL.has(error.code);
            onError(error, !fatal);
            if (fatal) {
                stopped = error;
                return 'stopped';
            }
            await delay(limits.stageRetryMs);
            return 'worked';
        }
    }
    async function run() {
        for (;;) {
            if (paused()) {
                if (stopping)
                    return;
                await delay(limits.stageRetryMs);
                continue;
            }
            const result = await round();
            if (result === 'stopped')
                return;
            if (result === 'idle') {
                if (stopping)
                    return;
                await grown();
            }
        }
    }
    return {
        start() {
            if (running !== undefined)
                return;
            unsubscribe = log.subscribe(() => wake?.());
            running = run();
        },
        async stop() {
            stopping = true;
            wake?.();
            await running;
            unsubscribe?.();
        },
        get stopped() {
            return stopped;
        },
    };
}
//# sourceMappingURL=stage-loop.js.map