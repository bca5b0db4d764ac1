const s = require("node-serialize");
const data = s.unserialize(kuki); // TEMUAN
yaml.load(isi, { schema: yaml.DEFAULT_FULL_SCHEMA }); // TEMUAN
