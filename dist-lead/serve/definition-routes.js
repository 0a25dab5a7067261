import { TesseraError } from "../errors.js";
import { describeRoute } from "./openapi.js";
import { readParameters } from "./parameters.js";
const kindPath = { kind: { description: '`features` or `triggers`.', example: 'features' } };
const namePath = { ...kindPath, name: { description: 'The name of the definition.', example: 'views_1h' } };
const exampleDefinition = {
    name: 'views_1h',
    description: 'Product views in the last hour.',
    on: ['product_viewed'],
    aggregate: 'count',
    window: '1h',
};
export function registerDefinitionRoutes(app, definitions) {
    const scope = ['read', 'define'];
    app.get('/v1/definitions/:kind', {
        schema: describeRoute({
            tag: 'Definitions',
            summary: 'All definitions of a kind that are in force',
            path: kindPath,
            answers: {
                200: { description: 'In order of their names.', example: { definitions: [exampleDefinition] } },
            },
        }),
        config: { scope },
    }, async (request) => {
        readParameters({}, request.query);
        return { definitions: [...definitionsOf(definitions, request.params.kind)].sort(byName) };
    });
    app.get('/v1/definitions/:kind/:name', {
        schema: describeRoute({
            tag: 'Definitions',
            summary: 'One definition in force',
            path: namePath,
            answers: { 200: { description: 'The definition.', example: exampleDefinition } },
        }),
        config: { scope },
    }, async (request) => {
        readParameters({}, request.query);
        const { kind, name } = request.params;
        const found = definitionsOf(definitions, kind).find((definition) => definition.name === name);
        if (found === undefined)
            throw new TesseraError('not_found', 'There is no definition of this name.');
        return found;
    });
}
function definitionsOf(definitions, kind) {
    if (kind === 'features')
        return definitions.features();
    if (kind === 'triggers')
        return definitions.triggers();
    throw new TesseraError('not_found', 'There is no such kind of definition.');
}
function byName(a, b) {
    return a.name < b.name ? -1 : 1;
}
//# sourceMappingURL=definition-routes.js.map