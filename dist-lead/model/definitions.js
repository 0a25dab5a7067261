export {};
//# sourceMappingURL=definitions.js.map