app.use((galat, req, res, lanjut) => res.status(500).send(galat.stack)); // TEMUAN
app.use((galat, req, res, lanjut) => {
  res.json({ pesan: galat.message, jejak: galat.stack }); // TEMUAN
});
