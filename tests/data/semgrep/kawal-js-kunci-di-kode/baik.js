const apiKey = process.env.API_KEY;
const basisData = { host: "localhost", password: process.env.DB_PASSWORD };
const t = jwt.sign({ id }, kunci);
const label = { password: "Kata sandi" };
