export {};
//# sourceMappingURL=fold.js.map