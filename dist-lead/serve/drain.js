/**
 * A graceful end: no new connections, requests in flight finish, and each connection closes once it is idle.
 * Node closes only the connections that are idle at that moment, and would keep the others open for their
 * keep-alive time; hence the sweep. The deadline keeps one slow client from holding up the stop.
 */
export function installDrain(app, { drainMs, sweepMs }) {
    let draining = false;
    app.addHook('preClose', (done) => {
        draining = true;
        if (app.server.listening) {
            const sweep = setInterval(() => app.server.closeIdleConnections(), sweepMs);
            const deadline = setTimeout(() => app.server.closeAllConnections(), drainMs);
            app.server.once('close', () => {
                clearInterval(sweep);
                clearTimeout(deadline);
            });
        }
        done();
    });
    return { active: () => draining };
}
//# sourceMappingURL=drain.js.map