<?php
include "halaman/" . $_GET['hal']; // TEMUAN
require_once($_COOKIE['bahasa'] . '.php'); // TEMUAN
$this->load->view($this->input->get('hal')); // TEMUAN
require 'halaman' . $_SERVER['PATH_INFO']; // TEMUAN
$bahasa = preg_replace('/[^a-z.\/]+/', '', $_REQUEST['l']);
require_once('bahasa/' . $bahasa . '/lang.php'); // TEMUAN
return view('laporan.' . $request->jenis); // TEMUAN
