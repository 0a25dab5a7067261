import { compileCondition, compileEventCondition } from "../conditions/condition.js";
import { TesseraError } from "../errors.js";
import { limits } from "../limits.js";
import { parseDuration } from "../model/time.js";
/** Fails with `invalid_definition`, naming the trigger and the place in it. */
export function compileTriggers(triggers, features) {
    if (triggers.length > limits.triggersMax) {
        throw new TesseraError('invalid_definition', `${triggers.length} triggers; at most ${limits.triggersMax}`);
    }
    const byType = new Map();
    const all = triggers.map((trigger) => compileTrigger(trigger, features));
    for (const trigger of all) {
        const { of, unless } = trigger.definition.on;
        for (const type of new Set([of.event, unless?.event])) {
            if (type === undefined)
                continue;
            const list = byType.get(type);
            if (list === undefined)
                byType.set(type, [trigger]);
            else
                list.push(trigger);
        }
    }
    return { all, byType, interested: (type) => byType.has(type) };
}
function compileTrigger({ definition, version }, features) {
    const { name, on, when, limit } = definition;
    try {
        return {
            definition,
            version,
            count: on.count,
            withinMs: duration(on.within, '/on/within'),
            cooldownMs: limit?.cooldown === undefined ? 0 : duration(limit.cooldown, '/limit/cooldown'),
            matches: compilePattern(on.of, '/on/of'),
            cancels: on.unless === undefined ? () => false : compilePattern(on.unless, '/on/unless'),
            when: when && compileCondition(when, { path: '/when', profile: true, ...(features && { features }) }),
        };
    }
    catch (error) {
        const detail = error instanceof TesseraError ? error.message : String(error);
        throw new TesseraError('invalid_definition', `trigger ${name}: ${detail}`, { cause: error });
    }
}
function compilePattern(pattern, path) {
    const type = pattern.event;
    if (pattern.where === undefined)
        return (event) => event.type === type;
    const fits = compileEventCondition(pattern.where, `${path}/where`);
    return (event) => event.type === type && fits(event);
}
function duration(text, path) {
    const ms = parseDuration(text);
    if (ms === undefined || ms > limits.windowMaxMs) {
        throw new TesseraError('invalid_definition', `${path}: ${text} is not a duration such as 30m, 24h or 7d (at most 730d)`);
    }
    return ms;
}
//# sourceMappingURL=compile.js.map