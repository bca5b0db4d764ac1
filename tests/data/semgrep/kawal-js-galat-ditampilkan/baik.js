app.use((galat, req, res, lanjut) => {
  logger.error(galat.stack);
  res.status(500).send("Terjadi kesalahan.");
});
