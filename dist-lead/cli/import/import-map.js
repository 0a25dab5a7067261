export {};
//# sourceMappingURL=import-map.js.map