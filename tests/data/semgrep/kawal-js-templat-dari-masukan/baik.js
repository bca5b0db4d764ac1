app.post("/surat", (req, res) => {
  res.render("surat", { nama: req.body.nama });
  const susun = Handlebars.compile("Halo {{nama}}");
});
