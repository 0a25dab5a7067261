export {};
//# sourceMappingURL=keys.js.map