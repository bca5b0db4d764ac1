const apiKey = "9f2c1ab7d0e44b"; // TEMUAN
const basisData = { host: "localhost", password: "R4hasia!2026" }; // TEMUAN
const t = jwt.sign({ id }, "kunci-tetap"); // TEMUAN
