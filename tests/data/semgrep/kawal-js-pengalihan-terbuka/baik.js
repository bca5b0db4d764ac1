app.get("/masuk", (req, res) => {
  res.redirect("/beranda");
});
