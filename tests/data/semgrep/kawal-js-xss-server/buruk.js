app.get("/halo", (req, res) => {
  res.send("<h1>Halo " + req.query.nama + "</h1>"); // TEMUAN
});
