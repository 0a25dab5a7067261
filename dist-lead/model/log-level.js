export {};
//# sourceMappingURL=log-level.js.map