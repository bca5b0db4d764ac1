// Layanan antrean. Sengaja rentan: dipakai menguji pemindai, jangan dipasang.
const express = require("express");
const { execSync } = require("child_process");
const fs = require("fs");
const app = express();
const apiKey = "9f2c1ab7d0e44b11"; // TEMUAN kawal-js-kunci-di-kode

app.get("/antrean", (req, res) => {
  db.query("SELECT * FROM antrean WHERE loket = '" + req.query.loket + "'", (galat, baris) => { // TEMUAN kawal-js-sql-dari-masukan
    res.json(baris);
  });
});

app.get("/halo", (req, res) => {
  res.send("<h1>Halo " + req.query.nama + "</h1>"); // TEMUAN kawal-js-xss-server
});

app.get("/cetak", (req, res) => {
  execSync("lp " + req.query.berkas); // TEMUAN kawal-js-perintah-dari-masukan
  fs.readFile("/data/" + req.query.berkas, (galat, isi) => res.end(isi)); // TEMUAN kawal-js-berkas-dari-masukan
});

app.get("/hitung", (req, res) => {
  res.json({ hasil: eval(req.query.rumus) }); // TEMUAN kawal-js-kode-dari-data
});

app.get("/masuk", (req, res) => {
  const isi = jwt.decode(req.query.token); // TEMUAN kawal-js-jwt-tanpa-periksa
  res.redirect(req.query.kembali); // TEMUAN kawal-js-pengalihan-terbuka
});
