app.post("/surat", (req, res) => {
  res.send(ejs.render(req.body.templat)); // TEMUAN
  const susun = Handlebars.compile("Halo " + req.body.nama); // TEMUAN
  res.render(req.query.halaman); // TEMUAN
});
