app.get("/masuk", (req, res) => {
  res.redirect(req.query.kembali); // TEMUAN
});
