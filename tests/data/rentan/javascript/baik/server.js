// Layanan antrean, sudah diperbaiki.
const express = require("express");
const { execFileSync } = require("child_process");
const fs = require("fs");
const path = require("path");
const app = express();
const apiKey = process.env.API_KEY;

app.get("/antrean", (req, res) => {
  db.query("SELECT * FROM antrean WHERE loket = ?", [req.query.loket], (galat, baris) => {
    res.json(baris);
  });
});

app.get("/halo", (req, res) => {
  res.send("<h1>Halo " + escapeHtml(req.query.nama) + "</h1>");
});

app.get("/cetak", (req, res) => {
  execFileSync("lp", [path.basename(req.query.berkas)]);
  fs.readFile("/data/" + path.basename(req.query.berkas), (galat, isi) => res.end(isi));
});

app.get("/hitung", (req, res) => {
  res.json({ hasil: Number(req.query.a) + Number(req.query.b) });
});

app.get("/masuk", (req, res) => {
  const isi = jwt.verify(req.query.token, apiKey, { algorithms: ["HS256"] });
  res.redirect("/beranda");
});
