<?php
include "halaman/" . $_GET['hal']; // TEMUAN
require_once($_COOKIE['bahasa'] . '.php'); // TEMUAN
$this->load->view($this->input->get('hal')); // TEMUAN
return view('laporan.' . $request->jenis); // TEMUAN
