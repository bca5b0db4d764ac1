const s = require("node-serialize");
const data = s.unserialize(kuki); // TEMUAN
