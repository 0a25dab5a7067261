import { limits } from "../limits.js";
import { describeRoute } from "./openapi.js";
import { integerParameter, readParameters, textParameter } from "./parameters.js";
const quarantineParameters = {
    code: textParameter({
        description: 'Only events that were kept for this reason.',
        charactersMax: 64,
        pattern: /^[a-z][a-z0-9_]*$/,
        example: 'schema_violation',
    }),
    limit: integerParameter({
        description: 'How many to answer at most.',
        minimum: 1,
        maximum: limits.pageMax,
        fallback: limits.pageDefault,
    }),
    before: textParameter({
        description: '`next` of the previous page.',
        charactersMax: 128,
        pattern: /^\d+-\d+-\d+$/,
    }),
};
export function registerQuarantineRoutes(app, history) {
    const schema = describeRoute({
        tag: 'Operate',
        summary: 'Events that were kept because they are not valid, newest first',
        description: 'From history. The events themselves stay sealed: nobody knows yet which of their fields are personal.',
        query: quarantineParameters,
        answers: {
            200: {
                description: 'A page; `next` is absent on the last one.',
                example: {
                    quarantined: [
                        {
                            id: 'q-7f3a',
                            event_id: 'e-2',
                            source: 'web',
                            received_at: 1795255200123,
                            code: 'invalid_amount',
                            path: '/properties/price',
                            message: 'An amount is not a decimal number in its currency.',
                        },
                    ],
                },
            },
        },
    });
    app.get('/v1/quarantine', { schema, config: { scope: 'read' } }, async (request) => {
        const { code, limit, before } = readParameters(quarantineParameters, request.query);
        const page = await history.quarantine(code, before === undefined ? { limit } : { limit, before });
        return page.next === undefined ? { quarantined: page.rows } : { quarantined: page.rows, next: page.next };
    });
}
//# sourceMappingURL=quarantine-routes.js.map