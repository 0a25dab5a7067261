export {};
//# sourceMappingURL=identity-policy.js.map