app.get("/halo", (req, res) => {
  res.send("<h1>Halo " + escapeHtml(req.query.nama) + "</h1>");
  res.json({ nama: req.query.nama });
});
